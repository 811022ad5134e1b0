"""The five performance tabs; each module imports only from those above it.

view           the scores of a selection and of its comparison
charts         each score over time, all scores, and the class mix
class_charts   samples and scores by class, the confusion matrix, and the training set
opening        title, number of samples, quality problems, and headline scores
parts          the Streamlit elements of the five tabs, and remarks on a comparison
html_report    a selection as an HTML file
report_button  the button for the HTML report
"""
