"""textbook: the book's own parts, made from what `convcost` counts.

`ledger` holds every number that the sources print; `controls` are moved by the reader; `cards`, `glossary` and
`searchable` write pages of the back; `couples`, `datasets`, `guidelines`, `races`, `timing` and `weighing`
serve the experiments.
"""
