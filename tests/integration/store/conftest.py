from tests.support.databases import database_url, postgresql

__all__ = ["database_url", "postgresql"]
