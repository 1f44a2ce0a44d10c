from apps.optimization.selectors.runs import operable_switches, run_document, run_documents

__all__ = ["operable_switches", "run_document", "run_documents"]
