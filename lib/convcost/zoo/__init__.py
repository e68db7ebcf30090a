"""Network definitions, one file per family; `convcost.models` is their index."""
