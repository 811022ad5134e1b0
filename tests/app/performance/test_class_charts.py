"""The templates of the charts by class, as Vega reads them."""

import vl_convert

from monitor_core.app.performance import class_charts


def test_the_axis_beside_a_side_without_a_single_value_does_not_ask_the_data() -> None:
    """Vega would look for the extent of nothing, and warn in the visitor's console."""
    drawn = vl_convert.vegalite_to_vega(class_charts._values((("1", "#992f65"),), True))
    (axis,) = (scale for scale in drawn["scales"] if scale["name"] == "x")
    assert axis["domain"][0] == 0
    assert "most" in axis["domain"][1]["signal"]
