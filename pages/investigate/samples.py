"""Samples: the images and values behind a number, and the export of all of them."""

import streamlit as st

from monitor_core.app.samples import chosen, filters, parts, viewer

st.header("Samples")
search = filters.pick_samples()
numbers = st.empty()
page = parts.samples(search)
chosen.actions(page)
parts.gallery(page)
viewer.show_opened(search, page)
parts.counts(numbers, search, page)
parts.turn_pages(search, page)
parts.table(page)
st.subheader("Export")
parts.export(search)
