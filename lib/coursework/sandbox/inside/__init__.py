"""Every file of this folder lies within the walls, beside the library and nothing else of this package.

`worker` runs there alone, with the folder as its path; `wire`, `calling`, `clock` and `ipython` serve both sides.
"""
