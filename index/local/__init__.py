"""An archive on one machine: SQLite, FAISS and tantivy in a data folder."""
