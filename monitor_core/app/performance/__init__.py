"""The five performance tabs; each module imports only from those above it.

reference_band   the accuracy in the reference period, as a band behind a chart
view             the scores of a selection and of its comparison
charts           charts over time: each score, and all scores
mix_charts       the chart of the class mix over time
pie_charts       the shares of the classes, as circles
class_charts     bars by class: samples, scores, and the training set
matrix_charts    the confusion matrix, and the pairs confused most
over_all_charts  the chart of the accuracy over all predictions
over_all         the accuracy over all predictions, and the scores by class
opening          title, number of samples, quality problems, and headline scores
class_lists      the order of the classes, the search, and a table of all of them
parts            the Streamlit elements of the five tabs, and remarks on a comparison
html_report      a selection as one HTML file
report_button    the button for the HTML report
"""
