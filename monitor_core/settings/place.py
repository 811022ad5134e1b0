"""Places: where the code is, where an installation has its own files, and which commands control its services.

In a checkout, everything is in the project's folder. The installed package has the app's and the logger's files inside,
and the folder in which it is started has the installation's own.
"""

from pathlib import Path

_CODE = Path(__file__).resolve().parent.parent.parent
IS_CHECKOUT = (_CODE / "streamlit_app.py").is_file()


def _started_in() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # a folder that has been removed meanwhile
        return Path.home()


ROOT = _CODE if IS_CHECKOUT else _started_in()  # has .env, monitor.toml and, unless configured, the state folder
PROGRAMS = _CODE if IS_CHECKOUT else _CODE / "monitor_core" / "programs"  # has the files that are run or read by others

# In an image the code is laid out as in a checkout, but without the launcher.
_IN_THE_CODE = "./monitor" if (_CODE / "monitor").is_file() else "python -m monitor_core"
CLI = _IN_THE_CODE if IS_CHECKOUT else "prediction-monitor"
START = "./deploy.sh" if IS_CHECKOUT else "prediction-monitor up"
STOP = "./deploy.sh stop" if IS_CHECKOUT else "prediction-monitor down"
RESTART = "./deploy.sh restart" if IS_CHECKOUT else "prediction-monitor restart"
DEMO = "./deploy.sh demo" if IS_CHECKOUT else "prediction-monitor demo"
