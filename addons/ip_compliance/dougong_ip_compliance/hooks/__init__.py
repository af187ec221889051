"""What keeps programmes, documents, audits and applications right, whoever writes them."""
