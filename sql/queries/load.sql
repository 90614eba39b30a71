-- SPDX-License-Identifier: Apache-2.0
--
-- Writing definitions: gatehouse load.

-- name: app_latest
SELECT id, version, digest
FROM app
WHERE name = ?1
ORDER BY version DESC
LIMIT 1;
