"""The five performance tabs; each module imports only from those above it.

view           the scores of a selection and of its comparison
charts         charts over time: each score, and all scores
mix_charts     the chart of the class mix over time
class_charts   charts by class: samples, scores, the confusion matrix, and the training set
opening        title, number of samples, quality problems, and headline scores
parts          the Streamlit elements of the five tabs, and remarks on a comparison
html_report    a selection as one HTML file
report_button  the button for the HTML report
"""
