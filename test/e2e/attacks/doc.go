// Package attacks tries attacks against a running console, a process of its own, over plain sockets, and writes down what each
// was answered: docs/attacks.md. Two of the console's regions are simulators, the third is hostile. Its tests are all there is.
package attacks
