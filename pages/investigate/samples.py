"""The samples behind a number: their images, their values, and all of them as a file."""

import streamlit as st

from monitor_core.app.samples import parts as ui_samples

st.header("Samples")
search = ui_samples.pick_samples()
found = ui_samples.samples(search)
ui_samples.gallery(found)
ui_samples.show_opened(found)
ui_samples.turn_pages(search, found)
ui_samples.table(found)
st.subheader("Export")
ui_samples.export(search)
