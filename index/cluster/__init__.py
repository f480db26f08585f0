"""The archive in a database of several machines: Milvus."""
