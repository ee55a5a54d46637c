# Types lines into an interactive zsh in a terminal of its own, and completes each: zsh -f typeInZsh.zsh SETUP LINE...
# For every line it prints "word W" for each word that was offered, and then "line L" as the line stands after that.
zmodload zsh/zpty
said=$(mktemp)
export SAID=$said SETUP=$1
shift
# What completes and tells is bound to one key, so that nothing has to be read off the screen.
zpty shell env TERM=dumb PS1= ZDOTDIR=/nonexistent zsh -f -i
zpty -w shell 'setopt no_beep no_list_beep; LISTMAX=1000
eval "$SETUP"
compadd() { local -a hits; builtin compadd -O hits "$@"; print -rl -- ${hits/#/word } >> $SAID; builtin compadd "$@" }
complete-and-tell() { zle complete-word; print -r -- "line $BUFFER" >> $SAID; zle kill-whole-line }
zle -N complete-and-tell
bindkey "^T" complete-and-tell
print ready >> $SAID'
wait-for() { for (( i = 0; i < 600; i++ )); do (( $(grep -c $1 $said) >= $2 )) && return; sleep 0.05; done; exit 1 }
wait-for "^ready" 1
told=0
for line in "$@"; do
  zpty -wn shell "$line"$'\x14'
  wait-for "^line" $(( ++told ))
done
zpty -d shell
grep -v "^ready" $said
rm $said
