# Prints what zsh shows for a command line and a tab. Arguments: the file with the completion, the line, and the last word to wait for.
zmodload zsh/zpty
zpty shell TERM=dumb zsh -f -i
zpty -w shell "stty cols 150; autoload -U compinit; compinit -u -D; source $1; LISTMAX=1000; setopt autolist; unsetopt automenu beep; PS1='mm''p> '"
zpty -r shell shown '*mmp> *'
zpty -w -n shell "$2"$'\t'
zpty -r shell shown "*$3*"
print -r -- "$shown"
zpty -d shell
