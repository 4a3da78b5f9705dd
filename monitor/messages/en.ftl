### The words that people read, in English. Every language has one such file with the same messages.
### A NOC engineer reads them at three in the morning: a subject, a verb, an object, no images (docs/extending.md).

# How this language is called in its own words, and its code for browsers (BCP 47).
language-name = English
language-code = en

## What joins the parts of a list or of a sentence

list-comma = { ", " }
list-sentences = { " " }
