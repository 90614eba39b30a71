/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers write: all that this process may. */
#ifndef FCGI_RIGHTS_H
#define FCGI_RIGHTS_H

#include "sql/confine.h"

extern const struct right rights[];

#endif
