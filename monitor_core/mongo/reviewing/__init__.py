"""The review queue's own documents; each module imports only from those above it.

audits   the plans of the audit
"""
