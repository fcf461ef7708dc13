# Prints what bash offers for a command line. Arguments: the file with the completion, and the words of the line; the last is being typed.
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
# As bash itself would call it.
$(complete -p "$1" | sed -E 's/.* -F ([^ ]+) .*/\1/')
printf '%s\n' "${COMPREPLY[@]}"
