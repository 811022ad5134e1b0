"""Review next: the predictions that people should review, drawn by chance or chosen, with the reason for each."""

import streamlit as st

from monitor_core.app.samples import review_next

st.header("Review next")
queue = review_next.queue_of_period()
review_next.review_list(queue)
review_next.tell_audit(queue)
review_next.queue_actions(queue)
review_next.show_lists(queue)
review_next.show_queued(queue)
