-- SPDX-License-Identifier: Apache-2.0
--
-- What the runner reads and writes.

-- name: session_claim
UPDATE session
SET owner = ?1, epoch = epoch + 1, ready_at = ?3
WHERE id IN (
	SELECT id FROM session
	WHERE ready_at IS NOT NULL AND ready_at <= ?2
	ORDER BY ready_at
	LIMIT ?4)
RETURNING id, epoch, status;
