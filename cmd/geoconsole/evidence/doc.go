// Package evidence is what an auditor of a geography asks for: the tables of what data there is and where it goes.
package evidence
