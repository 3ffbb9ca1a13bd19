// Package remote is the only door to the clusters of a geography: it connects, surveys, applies, prunes, removes and
// observes. It returns data and errors, never conditions.
//
// A pass over a cluster works from watches; when nothing changed it sends no request. Beside the watches a connected
// cluster is asked for one probe every interval and for one long status request per GeoConsole.
package remote
