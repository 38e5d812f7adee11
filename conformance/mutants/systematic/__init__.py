"""Wrong values by rule: for each server block and each directive that has a say in it.

`block` is what is changed and `files` what there is to change it to; the
`values` modules have a function for each directive, from the listener's values
to wrong ones that nginx still loads; `equivalence` knows which of them nobody
could notice; `mutants` puts them together.
"""
