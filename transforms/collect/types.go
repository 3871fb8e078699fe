package collect

import "reflect"

var resultType = reflect.TypeFor[Result]()
