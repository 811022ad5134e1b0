"""The outbox: profiles that have not reached every destination; each module imports only from those above it.

batches       which one is exposed, and how far each is
claims        which held batch has a row that is not logged yet
parts         a day's profile, its rows' ids, and how each destination stands with it
destinations  what each destination answered last
outbox        the steps of the protocol that go over several collections, in their order
"""
