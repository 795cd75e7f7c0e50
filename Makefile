messages:
	$(PYTHON) installer/catalogues.py messages
catalogues:
	$(PYTHON) installer/catalogues.py compile
.PHONY: messages catalogues
