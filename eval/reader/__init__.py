"""Training of the reader, the small encoder that marks in a window of text what answers a question.

Questions about a window are called examples as they are in a data set, and items as the reader is trained on them.
"""
