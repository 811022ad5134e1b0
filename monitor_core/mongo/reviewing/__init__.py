"""The review queue's own documents; each module imports only from those above it.

audits   the plans of the audit
tallies  how many predictions of each day the audit has drawn, and what people found
"""
