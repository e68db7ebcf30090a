# Thin wrappers of tools/book.py, which also runs where there is no make: python3 tools/book.py book
PYTHON ?= python3
COMMANDS := help book test pdf lab execute elsewhere setup-cells exercises style environment clean
RUN := $(COMMANDS)
.DEFAULT_GOAL := help

# What follows `test`, `execute` or `elsewhere` are its arguments: make test library, make execute FILE ..., make test -k NAME.
ifneq (,$(filter test execute elsewhere,$(firstword $(MAKECMDGOALS))))
  RUN := $(firstword $(MAKECMDGOALS))
  REST := $(wordlist 2,$(words $(MAKECMDGOALS)),$(MAKECMDGOALS))
  .PHONY: $(REST)
  $(filter-out $(RUN),$(REST)): ; @:
  .DEFAULT: ; @:
  ifneq (,$(findstring k,$(firstword -$(MAKEFLAGS))))
    PARTS := style library notebooks site
    REST := $(filter $(PARTS),$(REST)) -k "$(filter-out $(PARTS),$(REST))"
  endif
endif

.PHONY: $(RUN)
$(RUN):
	@$(PYTHON) tools/book.py $@ $(REST) $(FILES)
