"""The choices of the sidebar that each page uses; it shows only these, and the address keeps the others."""

PERIOD, BASIS, AVERAGE, GRANULARITY, SEGMENTS, COMPARISON = ALL_CHOICES = (
    "period",
    "basis",
    "average",
    "granularity",
    "segments",
    "comparison",
)
USES: dict[str, tuple[str, ...]] = {  # by the page's place in the address; a page that is missing uses all
    "samples_by_class": (PERIOD, BASIS, GRANULARITY, SEGMENTS, COMPARISON),
    "metrics_by_class": (PERIOD, BASIS, SEGMENTS, COMPARISON),
    "training_data": (PERIOD, BASIS, SEGMENTS, COMPARISON),
    "reviews": (PERIOD, BASIS, GRANULARITY, SEGMENTS),
    "review_next": (PERIOD, SEGMENTS),
    "calibration": (PERIOD, BASIS, SEGMENTS),
    "data_quality": (PERIOD, BASIS),
    "samples": (PERIOD, BASIS, SEGMENTS),
    "retraining": (PERIOD, BASIS, AVERAGE, SEGMENTS),
    "drift": (PERIOD,),
    "alerts": (PERIOD,),
    "logging": (),
    "models": (),
    "about": (),
}


def used_by(page: str) -> frozenset[str]:
    """Return the choices that a page uses.

    >>> sorted(used_by("drift")), used_by("about")
    (['period'], frozenset())
    """
    return frozenset(USES.get(page, ALL_CHOICES))
