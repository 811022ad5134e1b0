"""Samples: the images and values behind a number, and the export of all of them."""

import streamlit as st

from monitor_core.app.samples import parts

st.header("Samples")
search = parts.pick_samples()
page = parts.samples(search)
parts.gallery(page)
parts.show_opened(page)
parts.turn_pages(search, page)
parts.table(page)
st.subheader("Export")
parts.export(search)
