-- SPDX-License-Identifier: Apache-2.0
--
-- The frame of a transaction: sql/group.c. A writing connection prepares
-- these when it opens, so that rolling back never needs memory.

-- name: tx_begin
BEGIN IMMEDIATE;

-- name: tx_commit
COMMIT;

-- name: tx_rollback
ROLLBACK;

-- name: tx_savepoint
SAVEPOINT tx;

-- name: tx_undo
ROLLBACK TO tx;

-- name: tx_keep
RELEASE tx;
