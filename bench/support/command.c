/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a shell takes as it is. */
#define PLAIN                        \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789-_=,./:+@%"

/* The first word is the program's name, and may be two. */
static void write_word(FILE *line, const char *word, bool first)
{
	if (first || (word[0] != '\0' && word[strspn(word, PLAIN)] == '\0')) {
		fputs(word, line);
		return;
	}
	fputc('\'', line);
	for (; *word != '\0'; word++)
		fputs(*word == '\'' ? "'\\''" : (char[]){ *word, '\0' }, line);
	fputc('\'', line);
}

char *command_line(int argc, char **argv)
{
	char *text = NULL;
	size_t size;
	FILE *line = open_memstream(&text, &size);

	if (line == NULL)
		return strdup("");
	for (int i = 0; i < argc; i++) {
		if (i > 0)
			fputc(' ', line);
		write_word(line, argv[i], i == 0);
	}
	return fclose(line) == 0 ? text : strdup("");
}
