// Package evidence is what an auditor of a geography asks for: what was read in the cluster where its console runs, how
// each item is known, and the tables of what data there is and where it goes. Read does IO, everything else is pure.
package evidence
