"""The entry point of the app: pages, sidebar, and the display of errors.

Streamlit's server imports this file once at its start, for `app`, and each visitor's session runs it as a script.
Thanks to the import, even the first request may be a deep link: `st.navigation` has registered the pages with the
server, which would otherwise look for the files in pages/ and answer "Page not found".
"""

from contextlib import nullcontext
from pathlib import Path

import streamlit as st

from monitor_core.app.about import first_contact
from monitor_core.app.alerts import navigation, verdict
from monitor_core.app.frame import annotations, clicks, comparing, errors, login, refresh, session, sidebar, start
from monitor_core.app.frame.address import copying, entries, kiosk, names, unknown, uses
from monitor_core.app.logging import banner
from monitor_core.app.performance import charts, report_button
from monitor_core.app.samples import parts as samples
from monitor_core.settings.version import version

start.expect_no_session()
FOLDER = Path(__file__).parent
of_models = st.Page(
    FOLDER / "pages/operate/models.py",
    title="Models",
    url_path="models",
    visibility="visible" if session.has_several() else "hidden",
)
about = st.Page(FOLDER / "pages/operate/about.py", title="About")
alerts = st.Page(FOLDER / "pages/operate/alerts.py", title=navigation.counted("Alerts"), url_path="alerts")
pages = {
    "": [  # always in sight, one click away
        st.Page(FOLDER / "pages/performance/overview.py", title="Overview", default=True),
        st.Page(FOLDER / "pages/performance/metrics.py", title="Metrics"),
        st.Page(FOLDER / "pages/performance/samples_by_class.py", title="Samples by class"),
        st.Page(FOLDER / "pages/performance/metrics_by_class.py", title="Metrics by class"),
        st.Page(FOLDER / "pages/performance/training_data.py", title="Training data"),
    ],
    "Investigate": [
        st.Page(FOLDER / "pages/investigate/reviews.py", title="Reviews"),
        st.Page(FOLDER / "pages/investigate/review_next.py", title="Review next"),
        st.Page(FOLDER / "pages/investigate/calibration.py", title="Calibration"),
        st.Page(FOLDER / "pages/investigate/data_quality.py", title="Data quality"),
        st.Page(FOLDER / "pages/investigate/samples.py", title="Samples"),
        st.Page(FOLDER / "pages/investigate/retraining.py", title="Retraining"),
    ],
    navigation.counted("Operate"): [
        st.Page(FOLDER / "pages/operate/drift.py", title="Drift"),
        alerts,
        st.Page(FOLDER / "pages/operate/logger.py", title="Logging", url_path="logging"),
        of_models,
        about,
    ],
}
missing = unknown.unknown_page([each for group in pages.values() for each in group])
page = st.navigation(pages | ({"Missing": missing} if missing else {}), position=login.navigation())
if session.in_session():
    title = f"{navigation.without_colour(page.title)} · Prediction monitor"
    st.set_page_config(
        page_title=title,
        layout="wide",
        initial_sidebar_state=340,
        menu_items={"About": f"Prediction monitor {version()}, under the Apache License 2.0."},
    )
    refresh.style()
    kiosk.hide_frame()
    with errors.explained():
        login.gate()
        navigation.show_open(alerts)
        refresh.keep_running()
        if page.url_path == "" and session.is_model_open():
            st.switch_page(of_models)
        entries.begin(page.url_path)
        with errors.checked_address(page.url_path, names.address_names(session.settings().segments)):
            sidebar.choose_model()  # first, for what keeps one model from being shown leaves the others be
            if (page is of_models and session.is_state_too_new()) or (page is about and session.is_without_answer()):
                page.run()
                st.stop()
            with session.in_time():
                if page is not of_models:  # which is about all of them
                    verdict.mark_tab(title)
                clicks.follow_click()
                used = uses.used_by(page.url_path) if page not in missing else frozenset()
                comparison_place, options = sidebar.choose_selection(used)
                comparing.choose_comparison(comparison_place, used)
                if page not in missing:
                    annotations.menu()
                if uses.COMPARISON in used:  # of the pages whose charts the report has
                    report_button.button()
                refresh.picker(options)
                login.sidebar()
                sidebar.demo_notice()
                banner.show()
                first_contact.show_first_contact()
                if uses.PERIOD in used:
                    kiosk.tell_view(uses.BASIS in used)
                with copying.offered_links() if page not in missing else nullcontext():
                    page.run()
else:
    start.get_ready(charts.compile_first)
    app = st.App(__file__, routes=samples.routes(), **login.guard(unknown.NoFolders))
