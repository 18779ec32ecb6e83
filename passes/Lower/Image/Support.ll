; What generated code may call: LLVM turns copies of unknown or large size into calls of these. The same for every target;
; compiled with the kernels and linked into each image that needs it.

; Forward, so that it is right for overlapping bytes too where `to` is below `from`.
define ptr @memcpy(ptr %to, ptr %from, i64 %n) {
entry:
  %line.bytes = and i64 %n, -32
  %has.lines = icmp ne i64 %line.bytes, 0
  br i1 %has.lines, label %line, label %tail
line:
  %i = phi i64 [ 0, %entry ], [ %i.next, %line ]
  %line.from = getelementptr i8, ptr %from, i64 %i
  %line.to = getelementptr i8, ptr %to, i64 %i
  %bytes = load <32 x i8>, ptr %line.from, align 1
  store <32 x i8> %bytes, ptr %line.to, align 1
  %i.next = add i64 %i, 32
  %more.lines = icmp ult i64 %i.next, %line.bytes
  br i1 %more.lines, label %line, label %tail
tail:
  %has.rest = icmp ult i64 %line.bytes, %n
  br i1 %has.rest, label %byte, label %done
byte:
  %k = phi i64 [ %line.bytes, %tail ], [ %k.next, %byte ]
  %byte.from = getelementptr i8, ptr %from, i64 %k
  %byte.to = getelementptr i8, ptr %to, i64 %k
  %value = load i8, ptr %byte.from
  store i8 %value, ptr %byte.to
  %k.next = add i64 %k, 1
  %more.bytes = icmp ult i64 %k.next, %n
  br i1 %more.bytes, label %byte, label %done
done:
  ret ptr %to
}

define ptr @memmove(ptr %to, ptr %from, i64 %n) {
entry:
  %to.address = ptrtoint ptr %to to i64
  %from.address = ptrtoint ptr %from to i64
  %distance = sub i64 %to.address, %from.address
  %forward = icmp uge i64 %distance, %n
  br i1 %forward, label %copy, label %backward
copy:
  %copied = call ptr @memcpy(ptr %to, ptr %from, i64 %n)
  ret ptr %to
backward:
  %has.lines = icmp uge i64 %n, 32
  br i1 %has.lines, label %line, label %tail
line:
  %i = phi i64 [ %n, %backward ], [ %i.next, %line ]
  %i.next = sub i64 %i, 32
  %line.from = getelementptr i8, ptr %from, i64 %i.next
  %line.to = getelementptr i8, ptr %to, i64 %i.next
  %bytes = load <32 x i8>, ptr %line.from, align 1
  store <32 x i8> %bytes, ptr %line.to, align 1
  %more.lines = icmp uge i64 %i.next, 32
  br i1 %more.lines, label %line, label %tail
tail:
  %rest = phi i64 [ %n, %backward ], [ %i.next, %line ]
  %has.rest = icmp ne i64 %rest, 0
  br i1 %has.rest, label %byte, label %done
byte:
  %k = phi i64 [ %rest, %tail ], [ %k.next, %byte ]
  %k.next = sub i64 %k, 1
  %byte.from = getelementptr i8, ptr %from, i64 %k.next
  %byte.to = getelementptr i8, ptr %to, i64 %k.next
  %value = load i8, ptr %byte.from
  store i8 %value, ptr %byte.to
  %more.bytes = icmp ne i64 %k.next, 0
  br i1 %more.bytes, label %byte, label %done
done:
  ret ptr %to
}

define ptr @memset(ptr %to, i32 %value, i64 %n) {
entry:
  %byte.value = trunc i32 %value to i8
  %one = insertelement <32 x i8> poison, i8 %byte.value, i64 0
  %bytes = shufflevector <32 x i8> %one, <32 x i8> poison, <32 x i32> zeroinitializer
  %line.bytes = and i64 %n, -32
  %has.lines = icmp ne i64 %line.bytes, 0
  br i1 %has.lines, label %line, label %tail
line:
  %i = phi i64 [ 0, %entry ], [ %i.next, %line ]
  %line.to = getelementptr i8, ptr %to, i64 %i
  store <32 x i8> %bytes, ptr %line.to, align 1
  %i.next = add i64 %i, 32
  %more.lines = icmp ult i64 %i.next, %line.bytes
  br i1 %more.lines, label %line, label %tail
tail:
  %has.rest = icmp ult i64 %line.bytes, %n
  br i1 %has.rest, label %byte, label %done
byte:
  %k = phi i64 [ %line.bytes, %tail ], [ %k.next, %byte ]
  %byte.to = getelementptr i8, ptr %to, i64 %k
  store i8 %byte.value, ptr %byte.to
  %k.next = add i64 %k, 1
  %more.bytes = icmp ult i64 %k.next, %n
  br i1 %more.bytes, label %byte, label %done
done:
  ret ptr %to
}
