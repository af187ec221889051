"""How programmes, documents, audits, findings, certificates and rights move."""
