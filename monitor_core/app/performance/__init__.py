"""The five performance tabs; each module imports only from those above it.

view           what they show: the scores of a selection, beside those of what it is compared with
charts         each score over time, all of them, and the mix of classes
class_charts   samples and scores by class, the confusion matrix, the training set beside them
opening        title, what is counted and its quality problems, and the headline scores
parts          Streamlit's pieces of the five tabs, and what is said of a comparison
html_report    a selection as one HTML file
report_button  the button for the HTML report
"""
