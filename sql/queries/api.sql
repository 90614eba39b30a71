-- SPDX-License-Identifier: Apache-2.0
--
-- What the API and the command line read.

-- name: session_get
SELECT body FROM session_object WHERE id = ?1;
