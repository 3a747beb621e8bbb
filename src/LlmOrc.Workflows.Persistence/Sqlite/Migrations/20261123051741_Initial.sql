CREATE TABLE IF NOT EXISTS "__EFMigrationsHistory" (
    "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY,
    "ProductVersion" TEXT NOT NULL
);

CREATE TABLE "bookmarks" (
    "ordinal" INTEGER NOT NULL CONSTRAINT "PK_bookmarks" PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "execution_id" INTEGER NOT NULL,
    "activity_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "payload" BLOB NOT NULL,
    "is_multi_use" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "consumed_at" INTEGER NULL,
    "stimulus_id" TEXT NULL
);

CREATE TABLE "documents" (
    "tenant_id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "data" BLOB NOT NULL,
    CONSTRAINT "PK_documents" PRIMARY KEY ("tenant_id", "hash")
);

CREATE TABLE "entries" (
    "tenant_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "time" INTEGER NOT NULL,
    "execution_id" INTEGER NOT NULL,
    "data" BLOB NOT NULL,
    CONSTRAINT "PK_entries" PRIMARY KEY ("tenant_id", "instance_id", "sequence")
);

CREATE TABLE "inbox" (
    "ordinal" INTEGER NOT NULL CONSTRAINT "PK_inbox" PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" BLOB NOT NULL,
    "created_at" INTEGER NOT NULL,
    "consumed_version" INTEGER NULL
);

CREATE TABLE "instances" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "definition_id" TEXT NOT NULL,
    "definition_version_id" TEXT NOT NULL,
    "definition_version" INTEGER NOT NULL,
    "document_hash" TEXT NOT NULL,
    "name" TEXT NULL,
    "correlation_id" TEXT NULL,
    "status" TEXT NOT NULL,
    "sub_status" TEXT NOT NULL,
    "incident_count" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL,
    "finished_at" INTEGER NULL,
    "version" INTEGER NOT NULL,
    "commit_id" TEXT NOT NULL,
    "last_sequence" INTEGER NOT NULL,
    "snapshot_sequence" INTEGER NOT NULL,
    "activation_key" TEXT NULL,
    "lease_host" TEXT NULL,
    "lease_boot_id" TEXT NULL,
    "lease_process_id" INTEGER NULL,
    "lease_process_start" INTEGER NULL,
    "lease_expires_at" INTEGER NULL,
    CONSTRAINT "PK_instances" PRIMARY KEY ("tenant_id", "id")
);

CREATE TABLE "messages" (
    "tenant_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "sender" TEXT NOT NULL,
    "recipient" TEXT NULL,
    "content" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "time" INTEGER NOT NULL,
    "execution_id" INTEGER NOT NULL,
    "call_id" TEXT NULL,
    CONSTRAINT "PK_messages" PRIMARY KEY ("tenant_id", "instance_id", "sequence")
);

CREATE TABLE "metered_calls" (
    "ordinal" INTEGER NOT NULL CONSTRAINT "PK_metered_calls" PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "execution_id" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "step" TEXT NOT NULL,
    "agent" TEXT NULL,
    "provider" TEXT NULL,
    "model" TEXT NULL,
    "request_hash" TEXT NULL,
    "prompt_tokens" INTEGER NOT NULL,
    "completion_tokens" INTEGER NOT NULL,
    "cost" TEXT NOT NULL,
    "latency_ms" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "message_id" TEXT NULL,
    "started_at" INTEGER NOT NULL
);

CREATE TABLE "outbox" (
    "ordinal" INTEGER NOT NULL CONSTRAINT "PK_outbox" PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "payload" BLOB NOT NULL,
    "created_at" INTEGER NOT NULL
);

CREATE TABLE "payloads" (
    "tenant_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "data" BLOB NOT NULL,
    CONSTRAINT "PK_payloads" PRIMARY KEY ("tenant_id", "instance_id", "hash")
);

CREATE TABLE "snapshots" (
    "tenant_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "data" BLOB NOT NULL,
    CONSTRAINT "PK_snapshots" PRIMARY KEY ("tenant_id", "instance_id")
);

CREATE TABLE "timers" (
    "tenant_id" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "execution_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "due_at" INTEGER NOT NULL,
    CONSTRAINT "PK_timers" PRIMARY KEY ("tenant_id", "instance_id", "id")
);

CREATE INDEX "ix_bookmarks_instance" ON "bookmarks" ("tenant_id", "instance_id");

CREATE UNIQUE INDEX "ux_bookmarks_id" ON "bookmarks" ("tenant_id", "id");

CREATE INDEX "ix_inbox_waiting" ON "inbox" ("tenant_id", "instance_id", "ordinal") WHERE consumed_version IS NULL;

CREATE UNIQUE INDEX "ux_inbox_id" ON "inbox" ("tenant_id", "instance_id", "id");

CREATE INDEX "ix_instances_correlation" ON "instances" ("tenant_id", "correlation_id", "created_at", "id") WHERE correlation_id IS NOT NULL;

CREATE INDEX "ix_instances_created" ON "instances" ("tenant_id", "created_at", "id");

CREATE INDEX "ix_instances_definition" ON "instances" ("tenant_id", "definition_id", "created_at", "id");

CREATE INDEX "ix_instances_recovery" ON "instances" ("tenant_id", "created_at", "id") WHERE status = 'running' AND (lease_expires_at IS NOT NULL OR sub_status IN ('pending', 'executing'));

CREATE UNIQUE INDEX "ux_instances_activation" ON "instances" ("tenant_id", "activation_key") WHERE activation_key IS NOT NULL AND status = 'running';

CREATE UNIQUE INDEX "ux_messages_id" ON "messages" ("tenant_id", "id");

CREATE INDEX "ix_metered_calls_instance" ON "metered_calls" ("tenant_id", "instance_id");

CREATE UNIQUE INDEX "ux_metered_calls_id" ON "metered_calls" ("tenant_id", "id");

CREATE UNIQUE INDEX "ux_outbox_id" ON "outbox" ("tenant_id", "instance_id", "id");

CREATE INDEX "ix_timers_due" ON "timers" ("due_at");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261123051741_Initial', '10.0.15');

