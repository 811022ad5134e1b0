"""The pages Samples and Review next; each module imports only from those above it.

images    the images of documents: finding, thumbnails, cache
captions  a sample in words and marks
filters   the filters, which stand in the web address
chosen    the samples that a visitor has chosen, to export and tag them together
answers   the keys that confirm, correct or reject a prediction
viewer    the opened sample
parts     the Streamlit elements of the page Samples
reviewing  reviewing of a list by keyboard, one image after the other
review_next  the page Review next
"""
