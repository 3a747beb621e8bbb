CREATE INDEX "ix_bookmarks_open" ON "bookmarks" ("tenant_id", "ordinal") WHERE status = 'open';

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261123102734_OpenBookmarks', '10.0.15');

