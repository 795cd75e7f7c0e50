"""Use cases: one class per subject, one public method per use case, one transaction each."""
