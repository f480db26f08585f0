"""An archive as a folder of Parquet files, independent of the storage engine."""
