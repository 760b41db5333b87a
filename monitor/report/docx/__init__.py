"""Documents as DOCX, in the layout of Decree 30/2020/NĐ-CP, on a house template that a province may restyle in Word."""
