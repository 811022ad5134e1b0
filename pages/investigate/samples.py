"""The samples behind a number: their images, their values, and all of them as a file."""

import streamlit as st

from monitor_core.app.samples import parts

st.header("Samples")
search = parts.pick_samples()
found = parts.samples(search)
parts.gallery(found)
parts.show_opened(found)
parts.turn_pages(search, found)
parts.table(found)
st.subheader("Export")
parts.export(search)
