"""The pages Samples and Review next; each module imports only from those above it.

images    the images of documents: finding, thumbnails, cache
captions  a sample in words and marks
filters   the filters, which stand in the web address
chosen    the samples that a visitor has chosen, to export and tag them together
viewer    the opened sample
parts     the Streamlit elements of the page Samples
review_next  the page Review next
"""
