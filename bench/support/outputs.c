/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/outputs.h"

#include "support/file.h"
#include "support/message.h"

#include <string.h>

static bool open_file(struct outputs *outputs, unsigned file)
{
	const char *name = outputs->names[file];

	if (name == NULL)
		return true;
	if (strcmp(name, "-") != 0) {
		outputs->files[file] = file_open(name);
		return outputs->files[file] != NULL;
	}
	outputs->files[file] = stdout;
	outputs->table = stderr;
	return true;
}

bool outputs_open(struct outputs *outputs, const char *const *names,
	unsigned count, const char *charts)
{
	bool opened = true;

	*outputs = (struct outputs){
		.names = names,
		.count = count,
		.table = stdout,
	};
	for (unsigned i = 0; opened && i < count; i++)
		opened = open_file(outputs, i);
	if (opened && charts != NULL)
		opened = charts_open(&outputs->charts, charts);
	if (!opened)
		outputs_close(outputs);
	return opened;
}

FILE *outputs_file(const struct outputs *outputs, unsigned file)
{
	FILE *stream = outputs->files[file];

	if (stream != NULL && stream != stdout)
		file_empty(stream);
	return stream;
}

bool outputs_written(
	const struct outputs *outputs, unsigned file, bool is_written)
{
	if (!is_written)
		message("%s: cannot write the figures", outputs->names[file]);
	return is_written;
}

bool outputs_flush(const struct outputs *outputs)
{
	if (fflush(outputs->table) == 0)
		return true;
	message("cannot write the table");
	return false;
}

void outputs_close(const struct outputs *outputs)
{
	for (unsigned i = 0; i < outputs->count; i++) {
		if (outputs->files[i] != NULL && outputs->files[i] != stdout)
			file_close(outputs->files[i], outputs->names[i]);
	}
	charts_close(&outputs->charts);
}
